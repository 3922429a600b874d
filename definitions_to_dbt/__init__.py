"""Layer 1 definitions in, a whole dbt project out. Opens no database."""
