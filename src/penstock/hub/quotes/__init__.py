"""Price books, instant quotes, requests for quotation."""
