"""The web door's shared furniture: base templates, assets, navigation, and the list of every room's pages."""
