package system

import "time"

func processes() Table {
	return Table{
		Name: "processes",
		Fields: fields("query_id", "String", "user", "String", "address", "String", "elapsed", "Float64",
			"is_cancelled", "UInt8", "read_rows", "UInt64", "read_bytes", "UInt64", "total_rows_approx", "UInt64",
			"memory_usage", "Int64", "peak_memory_usage", "Int64", "query", "String", "query_kind", "String"),
		Fill: func(s Server, r *Rows) error {
			for _, p := range s.Processes() {
				r.Add(p.QueryID, p.User, p.Address, time.Since(p.Started).Seconds(), p.Cancelled, p.ReadRows,
					p.ReadBytes, p.TotalRows, p.Memory, p.PeakMemory, p.SQL, p.Kind)
			}
			return nil
		},
	}
}

func queryLog() Table {
	return Table{
		Name: "query_log",
		Fields: fields("type", "String", "event_date", "Date", "event_time", "DateTime",
			"event_time_microseconds", "DateTime64(6)", "query_start_time", "DateTime", "query_duration_ms", "UInt64",
			"read_rows", "UInt64", "read_bytes", "UInt64", "written_rows", "UInt64", "written_bytes", "UInt64",
			"result_rows", "UInt64", "result_bytes", "UInt64", "memory_usage", "UInt64",
			"current_database", "String", "query", "String", "query_kind", "String", "exception_code", "Int32",
			"exception", "String", "user", "String", "query_id", "String", "address", "String", "log_comment", "String",
			"answer", "String", "positions", "Array(UInt64)"),
		Fill: func(s Server, r *Rows) error {
			for _, q := range s.QueryLog() {
				kind := "QueryFinish"
				if q.Code != 0 {
					kind = "ExceptionWhileProcessing"
				}
				end := q.Started.Add(q.Elapsed)
				r.Add(kind, end, end, end, q.Started, q.Elapsed.Milliseconds(), q.ReadRows, q.ReadBytes,
					q.WrittenRows, q.WrittenBytes, q.ResultRows, q.ResultBytes, q.PeakMemory, q.Database,
					q.SQL, q.Kind, q.Code, q.Error, q.User, q.QueryID, q.Address, q.Comment,
					q.Answer, q.Positions)
			}
			return nil
		},
	}
}

// queryCache lists the answers that are kept, the one used last first.
func queryCache() Table {
	return Table{
		Name: "query_cache",
		Fields: fields("query", "String", "tables", "Array(String)", "ranges", "Array(String)", "rows", "UInt64",
			"result_size", "UInt64", "hits", "UInt64", "age", "Float64", "stale", "UInt8", "state", "String"),
		Fill: func(s Server, r *Rows) error {
			list, err := s.Cached()
			if err != nil {
				return err
			}
			for _, c := range list {
				r.Add(c.SQL, c.Tables, c.Ranges, c.Rows, c.Bytes, c.Hits, c.Age.Seconds(), c.State == "outdated", c.State)
			}
			return nil
		},
	}
}

func metrics() Table {
	return Table{
		Name:   "metrics",
		Fields: fields("metric", "String", "value", "Int64", "description", "String", "kind", "String"),
		Fill: func(s Server, r *Rows) error {
			for _, m := range s.Metrics() {
				kind := "counter"
				if m.Gauge {
					kind = "gauge"
				}
				name := m.Name
				if m.Labels != "" {
					name += "{" + m.Labels + "}"
				}
				r.Add(name, m.Value, m.About, kind)
			}
			return nil
		},
	}
}

func settings() Table {
	return Table{
		Name: "settings",
		Fields: fields("name", "String", "value", "String", "changed", "UInt8", "description", "String",
			"readonly", "UInt8", "type", "String", "default", "String", "is_obsolete", "UInt8"),
		Fill: func(s Server, r *Rows) error {
			for _, x := range s.Settings() {
				r.Add(x.Name, x.Value, x.Changed, x.About, false, x.Type, x.Default, x.Inert)
			}
			return nil
		},
	}
}

// warnings lists what definitions say that has no effect, and what the node
// warns of.
func warnings() Table {
	return Table{
		Name:   "warnings",
		Fields: fields("message", "String", "database", "String", "table", "String"),
		Fill: func(s Server, r *Rows) error {
			for _, d := range s.Catalog().Tables {
				for _, w := range d.Warnings {
					r.Add(w, d.Database, d.Name)
				}
			}
			for _, w := range s.Warnings() {
				r.Add(w.Message, w.Database, w.Table)
			}
			return nil
		},
	}
}
