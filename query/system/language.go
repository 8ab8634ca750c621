package system

import (
	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/format"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/bind"
	"github.com/freshetdb/freshet/query/rewrite"
)

// functions has the columns that ClickHouse's clients and Grafana ask for.
func functions() Table {
	return Table{
		Name: "functions",
		Fields: fields("name", "String", "is_aggregate", "UInt8", "case_insensitive", "UInt8", "alias_to", "String",
			"origin", "String", "description", "String", "syntax", "String", "arguments", "String",
			"returned_value", "String", "examples", "String", "categories", "String"),
		Fill: func(_ Server, r *Rows) error {
			for _, f := range expr.Functions() {
				r.Add(f.Name, false, f.CaseInsensitive, "", "System", f.Description, f.Syntax, "", f.Returns, f.Example, f.Category)
				for _, a := range f.Aliases {
					r.Add(a, false, f.CaseInsensitive, f.Name, "System", f.Description, f.Syntax, "", f.Returns, f.Example, f.Category)
				}
			}
			for _, f := range bind.WindowFunctions() {
				r.Add(f.Name, true, f.CaseInsensitive, "", "System", f.Description, f.Syntax, "", "", "", "Window")
				for _, a := range f.Aliases {
					r.Add(a, true, false, f.Name, "System", f.Description, f.Syntax, "", "", "", "Window")
				}
			}
			for _, f := range agg.Functions() {
				r.Add(f.Name, true, f.CaseInsensitive, f.AliasTo, "System", f.Description, f.Syntax, "", "", "", "Aggregate")
			}
			return nil
		},
	}
}

func formats() Table {
	return Table{
		Name:   "formats",
		Fields: fields("name", "String", "is_input", "UInt8", "is_output", "UInt8"),
		Fill: func(_ Server, r *Rows) error {
			for _, f := range format.Names() {
				r.Add(f.Name, f.Input, f.Output)
			}
			return nil
		},
	}
}

func dataTypes() Table {
	return Table{
		Name:   "data_type_families",
		Fields: fields("name", "String", "case_insensitive", "UInt8", "alias_to", "String"),
		Fill: func(_ Server, r *Rows) error {
			for k := types.Nothing; k <= types.Tuple; k++ {
				r.Add(k.String(), false, "")
			}
			r.Add("Nullable", false, "")
			r.Add("LowCardinality", false, "")
			return nil
		},
	}
}

func names(name string, list ...string) Table {
	return Table{Name: name, Fields: fields("name", "String"), Fill: func(_ Server, r *Rows) error {
		for _, n := range list {
			r.Add(n)
		}
		return nil
	}}
}

func tableEngines() Table {
	return names("table_engines", "Distributed", "LogFile", "Memory", "MergeTree", "Null", "ReplicatedMergeTree")
}

func tableFunctions() Table {
	return names("table_functions", "numbers", "numbers_mt", "one", "zeros", "zeros_mt")
}

func combinators() Table {
	return names("aggregate_function_combinators", "Array", "Distinct", "If", "OrDefault", "OrNull")
}

// numbersNote is system.numbers: use the table function, which has an end.
func numbersNote() Table { return empty("numbers", "number", "UInt64") }

func rewrites() Table {
	return Table{
		Name:   "rewrites",
		Fields: fields("name", "String", "description", "String"),
		Fill: func(_ Server, r *Rows) error {
			for _, x := range rewrite.Rules() {
				r.Add(x.Name, x.About)
			}
			return nil
		},
	}
}
