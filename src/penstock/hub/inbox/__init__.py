"""What is new for a person: messages read off the journal, and the e-mails about them."""
