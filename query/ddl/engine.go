package ddl

import (
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/query/ast"
)

// engine resolves ENGINE = name(args).
func (e *Env) engine(d *table.Def, s *ast.Storage) error {
	if s == nil || s.Engine == nil {
		d.Engine, d.Kind = "MergeTree", table.Events
		return nil
	}
	d.Engine = ast.Format(s.Engine)
	base, replicated := strings.CutPrefix(s.Engine.Name, "Replicated")
	args := s.Engine.Args
	if replicated {
		d.Warnings = append(d.Warnings,
			s.Engine.Name+": replication is the log's; the path and replica name have no effect")
		args = withoutPath(args)
	}
	switch base {
	case "MergeTree":
		d.Kind = table.Events
		if len(args) > 0 {
			return unsupported("The old syntax MergeTree(date, key, granularity)")
		}
	case "AggregatingMergeTree", "SummingMergeTree":
		d.Kind = table.States
		if base == "AggregatingMergeTree" && len(args) > 0 {
			return unsupported("Arguments of " + s.Engine.Name)
		}
	case "Memory":
		d.Kind = table.Events
		d.Warnings = append(d.Warnings, "Memory: the table is kept on disk like any other")
	case "Null":
		d.Kind = table.Null
	case "Distributed":
		return e.distributed(d, args)
	case "LogFile":
		return e.logFile(d, args)
	default:
		if knownEngine(base) {
			return unsupported("ENGINE = " + s.Engine.Name)
		}
		return chcode.Errorf(chcode.UnknownStorage, "Unknown table engine %s", s.Engine.Name)
	}
	return nil
}

// knownEngine tells ClickHouse's engines, refused by name, from misspellings.
func knownEngine(name string) bool {
	switch name {
	case "ReplacingMergeTree", "CollapsingMergeTree",
		"VersionedCollapsingMergeTree", "GraphiteMergeTree", "CoalescingMergeTree", "Kafka", "Buffer", "Log",
		"TinyLog", "StripeLog", "Set", "Join", "File", "URL", "MySQL", "PostgreSQL", "S3", "S3Queue",
		"Dictionary", "Merge", "GenerateRandom", "EmbeddedRocksDB", "RabbitMQ", "NATS", "MongoDB", "Redis",
		"MaterializedView", "View", "LiveView", "KeeperMap", "Executable", "SQLite", "ODBC", "JDBC", "HDFS":
		return true
	default:
		return false
	}
}

// withoutPath drops the path and the replica name of a Replicated engine.
func withoutPath(args []ast.Expr) []ast.Expr {
	n := 0
	for n < len(args) && n < 2 {
		lit, ok := args[n].(*ast.Literal)
		if !ok || lit.Kind != ast.StringLiteral {
			break
		}
		n++
	}
	return args[n:]
}

// distributed makes an alias of the table that the engine spreads over.
func (e *Env) distributed(d *table.Def, args []ast.Expr) error {
	if len(args) < 3 {
		return chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Engine Distributed takes a cluster, a database and a table, and optionally a sharding key")
	}
	names := make([]string, 3)
	for i := range names {
		text, err := e.engineText(args[i])
		if err != nil {
			return err
		}
		names[i] = text
	}
	if names[1] == "" {
		names[1] = d.Database
	}
	d.Kind = table.Alias
	d.Source = &table.Source{Engine: "Distributed", Args: names}
	d.Warnings = append(d.Warnings, "Distributed: an alias of "+names[1]+"."+names[2]+"; cluster and sharding key have no effect")
	if e.Catalog.Find(names[1], names[2]) == nil {
		return e.Catalog.UnknownTable(names[1], names[2])
	}
	return nil
}

// engineText is a name or a string given to an engine.
func (e *Env) engineText(a ast.Expr) (string, error) {
	switch a := a.(type) {
	case *ast.Ident:
		return strings.Join(a.Parts, "."), nil
	case *ast.Literal:
		if a.Kind == ast.StringLiteral {
			return a.Str, nil
		}
	case *ast.FuncCall:
		if strings.EqualFold(a.Name, "currentDatabase") {
			return e.Database, nil
		}
	}
	return "", chcode.Errorf(chcode.BadArguments, "Argument %s of the engine must be a name or a string", ast.Format(a))
}

// logFile resolves LogFile(glob, format[, expression]).
func (e *Env) logFile(d *table.Def, args []ast.Expr) error {
	if len(args) < 2 || len(args) > 3 {
		return chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Engine LogFile takes a pattern of file names, a format (combined, JSONEachRow, regexp) and, for regexp, an expression with named groups")
	}
	d.Kind = table.Events
	d.Source = &table.Source{Engine: "LogFile"}
	for _, a := range args {
		text, err := e.engineText(a)
		if err != nil {
			return err
		}
		d.Source.Args = append(d.Source.Args, text)
	}
	switch strings.ToLower(d.Source.Args[1]) {
	case "combined", "jsoneachrow":
		if len(args) == 3 {
			return chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch, "LogFile(…, %s) takes no expression", d.Source.Args[1])
		}
	case "regexp":
		if len(args) != 3 {
			return chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch, "LogFile(…, regexp) needs an expression with named groups")
		}
	default:
		return chcode.Errorf(chcode.BadArguments, "LogFile reads combined, JSONEachRow and regexp, not %q", d.Source.Args[1])
	}
	return nil
}
