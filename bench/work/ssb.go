package work

import (
	"strings"

	"github.com/freshetdb/freshet/bench/gen"
	"github.com/freshetdb/freshet/bench/peer"
)

// StarSchema are the thirteen questions of the star schema benchmark (O'Neil, O'Neil,
// Chen 2007) over the flat table.
func StarSchema() []Question {
	const (
		price  = "SELECT sum(LO_EXTENDEDPRICE * LO_DISCOUNT) AS revenue FROM lineorder_flat WHERE "
		brands = "SELECT sum(LO_REVENUE) AS r, toYear(LO_ORDERDATE) AS y, P_BRAND FROM lineorder_flat WHERE "
		by     = " GROUP BY y, P_BRAND ORDER BY y, P_BRAND"
		years  = " AND toYear(LO_ORDERDATE) >= 1992 AND toYear(LO_ORDERDATE) <= 1997"
		kings  = "(C_CITY = 'UNITED KI1' OR C_CITY = 'UNITED KI5') AND (S_CITY = 'UNITED KI1' OR S_CITY = 'UNITED KI5')"
		late   = " AND (toYear(LO_ORDERDATE) = 1997 OR toYear(LO_ORDERDATE) = 1998)"
	)
	flows := func(columns, where string) string {
		return "SELECT " + columns + ", toYear(LO_ORDERDATE) AS y, sum(LO_REVENUE) AS revenue FROM lineorder_flat WHERE " + where +
			" GROUP BY " + columns + ", y ORDER BY y, revenue DESC, " + columns
	}
	profit := func(columns, where string) string {
		return "SELECT toYear(LO_ORDERDATE) AS y, " + columns + ", sum(LO_REVENUE - LO_SUPPLYCOST) AS profit FROM lineorder_flat WHERE " + where +
			" GROUP BY y, " + columns + " ORDER BY y, " + columns
	}
	statements := []struct{ name, sql string }{
		{"Q1.1", price + "toYear(LO_ORDERDATE) = 1993 AND LO_DISCOUNT BETWEEN 1 AND 3 AND LO_QUANTITY < 25"},
		{"Q1.2", price + "toYYYYMM(LO_ORDERDATE) = 199401 AND LO_DISCOUNT BETWEEN 4 AND 6 AND LO_QUANTITY BETWEEN 26 AND 35"},
		{"Q1.3", price + "toISOWeek(LO_ORDERDATE) = 6 AND toYear(LO_ORDERDATE) = 1994 AND LO_DISCOUNT BETWEEN 5 AND 7 AND LO_QUANTITY BETWEEN 26 AND 35"},
		{"Q2.1", brands + "P_CATEGORY = 'MFGR#12' AND S_REGION = 'AMERICA'" + by},
		{"Q2.2", brands + "P_BRAND >= 'MFGR#2221' AND P_BRAND <= 'MFGR#2228' AND S_REGION = 'ASIA'" + by},
		{"Q2.3", brands + "P_BRAND = 'MFGR#2239' AND S_REGION = 'EUROPE'" + by},
		{"Q3.1", flows("C_NATION, S_NATION", "C_REGION = 'ASIA' AND S_REGION = 'ASIA'"+years)},
		{"Q3.2", flows("C_CITY, S_CITY", "C_NATION = 'UNITED STATES' AND S_NATION = 'UNITED STATES'"+years)},
		{"Q3.3", flows("C_CITY, S_CITY", kings+years)},
		{"Q3.4", flows("C_CITY, S_CITY", kings+" AND toYYYYMM(LO_ORDERDATE) = 199712")},
		{"Q4.1", profit("C_NATION", "C_REGION = 'AMERICA' AND S_REGION = 'AMERICA' AND (P_MFGR = 'MFGR#1' OR P_MFGR = 'MFGR#2')")},
		{"Q4.2", profit("S_NATION, P_CATEGORY", "C_REGION = 'AMERICA' AND S_REGION = 'AMERICA'"+late+" AND (P_MFGR = 'MFGR#1' OR P_MFGR = 'MFGR#2')")},
		{"Q4.3", profit("S_CITY, P_BRAND", "S_NATION = 'UNITED STATES'"+late+" AND P_CATEGORY = 'MFGR#14'")},
	}
	duck := strings.NewReplacer("toYear(LO_ORDERDATE)", "year(LO_ORDERDATE)", "toYYYYMM(LO_ORDERDATE)", "(year(LO_ORDERDATE) * 100 + month(LO_ORDERDATE))",
		"toISOWeek(LO_ORDERDATE)", "weekofyear(LO_ORDERDATE)", "AS year", "AS y", "GROUP BY year", "GROUP BY y", "ORDER BY year", "ORDER BY y", ", year ORDER", ", y ORDER",
		"sum(LO_EXTENDEDPRICE * LO_DISCOUNT)", "sum(CAST(LO_EXTENDEDPRICE AS BIGINT) * LO_DISCOUNT)",
		"sum(LO_REVENUE - LO_SUPPLYCOST)", "sum(CAST(LO_REVENUE AS BIGINT) - LO_SUPPLYCOST)")
	var list []Question
	for _, s := range statements {
		list = append(list, Question{Work: "SSB", Name: s.name, Freshet: s.sql, DuckDB: duck.Replace(s.sql), PlainOnly: true, Same: 1, Geometric: true})
	}
	return list
}

// Flat is the layout of the flat table.
func Flat(k peer.Kind) Layout {
	if k == peer.DuckDB {
		types := strings.NewReplacer("LowCardinality(String)", "VARCHAR", "String", "VARCHAR", "UInt32", "UINTEGER", "UInt8", "UTINYINT", "Date", "DATE")
		return Layout{Table: "CREATE TABLE lineorder_flat (" + columnsOf(types.Replace, gen.FlatColumns) + ")"}
	}
	return Layout{
		Table: "CREATE TABLE lineorder_flat (" + gen.FlatColumns + ") ENGINE = MergeTree PARTITION BY toYear(LO_ORDERDATE) " +
			"ORDER BY (LO_ORDERDATE, LO_ORDERKEY)",
		Tables: []string{"lineorder_flat"},
	}
}

// columnsOf replaces the types of columns and leaves their names.
func columnsOf(replace func(string) string, columns string) string {
	var out []string
	for c := range strings.SplitSeq(columns, ",") {
		name, typ, _ := strings.Cut(strings.TrimSpace(c), " ")
		out = append(out, name+" "+replace(typ))
	}
	return strings.Join(out, ", ")
}
