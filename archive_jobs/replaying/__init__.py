"""Raw records and archived rows once more: recalled beside the tables, or transformed again."""
