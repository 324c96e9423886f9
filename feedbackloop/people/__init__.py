"""The complainant: address, language, consent, do-not-contact, access and erasure."""
