package system

import "github.com/freshetdb/freshet/columnar/table"

// Rollup is a materialized view as of the query's pictures.
type Rollup struct {
	Def         *table.Def
	Rows, Bytes int64
	State       table.RollupState
}

// rollups lists the materialized views: how far the past of each is filled in, and
// whether queries may be answered from it.
func rollups() Table {
	return Table{
		Name: "rollups",
		Fields: fields("database", "String", "name", "String", "kind", "String", "source", "String",
			"target", "String", "status", "String", "filled_rows", "UInt64", "past_rows", "UInt64",
			"progress", "Float64", "rows", "UInt64", "bytes", "UInt64", "reason", "String", "query", "String"),
		Fill: func(s Server, r *Rows) error {
			list, err := s.Rollups()
			if err != nil {
				return err
			}
			for i := range list {
				x := &list[i]
				d := x.Def
				kind, status, target := "managed", "complete", ""
				switch {
				case d.Kind == table.ViewTo:
					kind, status, target = "to", "live", d.Derived.TargetName
				case !x.State.IsComplete():
					status = "filling"
				case x.State.Diverged != "":
					status = "diverged"
				case len(x.State.Gaps) > 0:
					status = "gaps"
				}
				progress := 1.0
				if x.State.PastRows > 0 {
					progress = float64(x.State.FilledRows) / float64(x.State.PastRows)
				}
				database, name := nameOf(s.Catalog(), d.Derived.From.Table)
				r.Add(d.Database, d.Name, kind, database+"."+name, target, status, x.State.FilledRows, x.State.PastRows,
					progress, x.Rows, x.Bytes, x.State.Difference(), d.Derived.Query)
			}
			return nil
		},
	}
}
