"""The tables of Layer 1: what one row is, the columns with type and meaning, and which codes name what."""

from __future__ import annotations

# seed -> what one row is, then name, type and meaning of each column
SEEDS: dict[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "layer1_modules": ("One row per module: a group of objects one team answers for.", (
        ("module_code", "text", "Code of the module."), ("module_name", "text", "Name for people."),
        ("description", "text", "What the module is for."), ("owner", "text", "Who answers for it."),
    )),
    "layer1_object_models": ("One row per business object.", (
        ("object_code", "text", "Code of the object."), ("module_code", "text", "Module it belongs to."),
        ("table_name", "text", "Its write model in Layer 2."), ("object_name", "text", "Name for people."),
        ("kind", "text", "event, entity or reference."),
        ("time_column", "text", "Column by which rows age; empty if none do."),
        ("owner", "text", "Who answers for it."), ("version", "integer", "Version of the definition."),
        ("retention", "text", "How long rows stay in Layer 2; empty for ever."),
        ("description", "text", "What one row is."),
        ("definition_hash", "text", "SHA-256 of the definition."),
    )),
    "layer1_attributes": ("One row per shared attribute: what columns of many objects have in common.", (
        ("attribute_code", "text", "Code of the attribute."), ("attribute_name", "text", "Name for people."),
        ("data_type", "text", "PostgreSQL type of every column that names it."), ("unit", "text", "Unit of measure."),
        ("pii", "text", "What happens to personal data: none, tokenize, mask or drop."),
        ("description", "text", "What it means."),
    )),
    "layer1_columns": ("One row per column of a business object.", (
        ("object_code", "text", "Object the column belongs to."), ("column_name", "text", "Name of the column."),
        ("attribute_code", "text", "Shared attribute it inherits from; empty if none."),
        ("position", "integer", "Place in the table, from 1."), ("data_type", "text", "PostgreSQL type."),
        ("is_key", "boolean", "True where the column is part of the business key."),
        ("is_nullable", "boolean", "False where a record without it is rejected."),
        ("unit", "text", "Unit of measure."),
        ("pii", "text", "What happens to personal data: none, tokenize, mask or drop."),
        ("source_path", "text", "Where the value stands in the payload."), ("description", "text", "What it means."),
    )),
    "layer1_kpis": ("One row per KPI.", (
        ("kpi_code", "text", "Code of the KPI."), ("module_code", "text", "Module it belongs to."),
        ("kpi_name", "text", "Name for people."), ("object_code", "text", "Object it is reckoned from."),
        ("numerator", "text", "What is counted, as SQL over the object's columns."),
        ("denominator", "text", "What it is divided by; empty if nothing."), ("unit", "text", "Unit of the figure."),
        ("direction", "text", "higher_is_better, lower_is_better or target."), ("grain", "text", "Span of one figure."),
        ("description", "text", "What it tells."),
    )),
    "layer1_benchmarks": ("One row per benchmark: what others reach in one industry and period.", (
        ("benchmark_code", "text", "Code of the benchmark."), ("kpi_code", "text", "KPI it speaks of."),
        ("industry_code", "text", "Industry it was taken in."), ("period_start", "date", "First day it speaks of."),
        ("period_end", "date", "Last day it speaks of."), ("p10", "numeric", "One in ten is below."),
        ("p25", "numeric", "One in four is below."), ("p50", "numeric", "The median."),
        ("p75", "numeric", "Three in four are below."), ("p90", "numeric", "Nine in ten are below."),
        ("source", "text", "Where the figures come from."), ("description", "text", "What it tells."),
        ("threshold", "text", "Percentile that our newest figure is held to; empty where it is to none."),
        ("severity", "text", "What it is where it is missed: error or warning."),
    )),
    "layer1_industries": ("One row per industry.", (
        ("industry_code", "text", "Code of the industry."), ("industry_name", "text", "Name for people."),
        ("parent_code", "text", "The wider industry; empty at the top."),
        ("description", "text", "What belongs to it."),
    )),
    "layer1_value_chains": ("One row per value chain.", (
        ("value_chain_code", "text", "Code of the value chain."), ("value_chain_name", "text", "Name for people."),
        ("description", "text", "What comes about along it."),
    )),
    "layer1_value_chain_stages": ("One row per stage of a value chain.", (
        ("value_chain_code", "text", "Value chain the stage belongs to."), ("stage_code", "text", "Code of the stage."),
        ("stage_position", "integer", "Place of the stage, from 1."), ("stage_name", "text", "Name for people."),
        ("description", "text", "What happens in the stage."),
    )),
    "layer1_clients": ("One row per client: a tenant and what it uses.", (
        ("client_code", "text", "Code of the client."), ("client_name", "text", "Name for people."),
        ("tenant_id", "text", "Tenant whose rows are the client's."), ("industry_code", "text", "Its industry."),
        ("overrides", "text", "What it says otherwise of objects, as JSON."), ("description", "text", "Who it is."),
    )),
    "layer1_associations": ("One row per link between two pieces of metadata, stated or implied by a definition.", (
        ("association_code", "text", "Code of the association; with dots where a definition implies it."),
        ("from_kind", "text", "Kind of the first."), ("from_code", "text", "Code of the first."),
        ("from_part", "text", "Stage of a value chain or key of an object's row; empty for the whole."),
        ("association", "text", "How the first stands to the second."), ("to_kind", "text", "Kind of the second."),
        ("to_code", "text", "Code of the second."), ("to_part", "text", "As from_part."),
        ("description", "text", "Why it is so."),
    )),
    "data_quality_rules": ("One row per quality rule: what the definitions ask of a record or of a table.", (
        ("rule_id", "text", "Table, column and kind; numbered from the second of a kind on."),
        ("table_name", "text", "Write model whose records or rows it judges."),
        ("column_name", "text", "Column it speaks of, several joined by +; empty for the whole record or table."),
        ("rule_type", "text", "NOT_NULL, TYPE, RANGE, PATTERN, REFERENCE and the other kinds, in capitals."),
        ("rule_config", "jsonb", "What the kind needs to know: bounds, values, a pattern, limits."),
        ("severity", "text", "ERROR rejects the record or fails the test, WARNING flags or warns, INFO only counts."),
        ("is_active", "boolean", "False where the definition has switched it off."),
        ("checked_on", "text", "record: judged as records come; table: by a test on what is there."),
        ("message", "text", "What a record that breaks it is told, word for word."),
        ("description", "text", "Why it is asked, where the definition says so."),
    )),
}  # fmt: skip

# How many columns, from the first on, tell two rows apart. One where nothing is said.
KEY_LENGTHS = {"layer1_columns": 2, "layer1_value_chain_stages": 2}

# kind -> the seed that holds its codes, and under which name
CODES_OF = {
    "module": ("layer1_modules", "module_code"),
    "object_model": ("layer1_object_models", "object_code"),
    "attribute": ("layer1_attributes", "attribute_code"),
    "kpi": ("layer1_kpis", "kpi_code"),
    "benchmark": ("layer1_benchmarks", "benchmark_code"),
    "industry": ("layer1_industries", "industry_code"),
    "value_chain": ("layer1_value_chains", "value_chain_code"),
    "client": ("layer1_clients", "client_code"),
}
# seed -> its columns that hold codes of a kind
NAMES: dict[str, tuple[tuple[str, str], ...]] = {
    "layer1_object_models": (("module_code", "module"),),
    "layer1_columns": (("object_code", "object_model"), ("attribute_code", "attribute")),
    "layer1_kpis": (("module_code", "module"), ("object_code", "object_model")),
    "layer1_benchmarks": (("kpi_code", "kpi"), ("industry_code", "industry")),
    "layer1_industries": (("parent_code", "industry"),),
    "layer1_value_chain_stages": (("value_chain_code", "value_chain"),),
    "layer1_clients": (("industry_code", "industry"),),
}
