"""What comes back: bounces, complaints, automatic replies and what people write, by mail or by a relay's webhook."""
