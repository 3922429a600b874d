"""What would leave PostgreSQL, when, and what forbids it. Reads; changes nothing."""
