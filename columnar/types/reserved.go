package types

import "strings"

// IsReserved says whether a name must be quoted because, bare, it could be read as a keyword at
// some place where an identifier stands. ClickHouse reserves almost nothing, so the parser accepts
// most of these bare; the printer quotes them so that its own text is never ambiguous.
func IsReserved(name string) bool {
	switch strings.ToUpper(name) {
	case "ADD", "ALIAS", "ALL", "ALTER", "AND", "ANTI", "ANY", "APPLY", "ARRAY", "AS", "ASC", "ASCENDING",
		"ASOF", "ASSUME", "ATTACH", "BETWEEN", "BY", "CASE", "CAST", "CHECK", "CODEC", "COLLATE", "COLUMN",
		"COLUMNS", "COMMENT", "CONSTRAINT", "CREATE", "CROSS", "CUBE", "CURRENT", "DATABASE", "DEFAULT",
		"DELETE", "DESC", "DESCENDING", "DESCRIBE", "DETACH", "DICTIONARY", "DISTINCT", "DIV", "DROP",
		"ELSE", "EMPTY", "END", "ENGINE", "EPHEMERAL", "ESCAPE", "EXCEPT", "EXCHANGE", "EXISTS", "EXPLAIN", "FALSE",
		"FETCH", "FILL", "FILTER", "FINAL", "FIRST", "FOLLOWING", "FOREIGN", "FORMAT", "FROM", "FULL", "FUNCTION",
		"GLOBAL", "GRANT", "GROUP", "GROUPING", "GROUPS", "HAVING", "IF", "IGNORE", "ILIKE", "IN", "INDEX",
		"INF", "INFINITY", "INNER", "INSERT", "INTERPOLATE", "INTERSECT", "INTERVAL", "INTO", "IS", "JOIN", "KEY", "KILL",
		"LAST", "LEFT", "LIKE", "LIMIT", "LIVE", "LOCAL", "MATERIALIZED", "MOD", "MODIFY", "NAN", "NATURAL", "NO", "NONE", "NOT",
		"NULL", "NULLS", "OFFSET", "ON", "ONLY", "OPTIMIZE", "OR", "ORDER", "OUTER", "OUTFILE", "OVER",
		"PARALLEL", "PARTITION", "PASTE", "PRECEDING", "PREWHERE", "PRIMARY", "PROJECTION", "QUALIFY", "RANGE",
		"RECURSIVE", "REGEXP", "RENAME", "REPLACE", "RESPECT", "RIGHT", "ROLLUP", "ROUTE", "ROW", "ROWS",
		"SAMPLE", "SELECT", "SEMI", "SET", "SETS", "SETTINGS", "SHOW", "STALENESS", "STATISTICS", "STEP", "STREAM", "SYNC", "SYSTEM", "TABLE",
		"TEMPORARY", "THEN", "TIES", "TO", "TOP", "TOTALS", "TRUE", "TRUNCATE", "TTL", "TYPE", "UNBOUNDED", "UNION", "UPDATE", "USE",
		"USING", "VALUES", "VIEW", "WATCH", "WHEN", "WHERE", "WINDOW", "WITH":
		return true
	}
	return false
}
