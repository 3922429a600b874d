"""What a change of definitions or models does, before it is merged: the command `definitions-to-dbt verdict`."""
