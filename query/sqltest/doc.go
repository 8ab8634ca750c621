// Package sqltest runs the SQL corpus, the files testdata/**/*.test, against
// anything that answers SQL, in many configurations with the same expectations.
// The expectations are ClickHouse's own: oracle.mjs runs the corpus in chdb and
// writes them, so that go test needs no ClickHouse.
//
// # Format
//
// A file is a list of records, separated by empty lines. Lines that begin with
// # between records are comments. Every file starts in an empty database of its
// own, whose name is [Database] of its path, and makes the tables it needs.
//
//	statement ok
//	CREATE TABLE t (a Int8, s String) ENGINE = MergeTree ORDER BY a
//
//	statement error 47
//	SELECT b FROM t
//
//	query IT rowsort
//	SELECT a, s FROM t
//	----
//	1	x
//	2	\N
//
// A statement must succeed, or fail with a ClickHouse error code; "statement
// error" is also the way to write a query that must fail. Several codes may be
// given, 6|27, where ClickHouse itself varies. The SQL reaches to the next empty
// line (queries: to ----) and may hold inline data after FORMAT.
//
// A query is followed by ---- and its rows as ClickHouse prints them in
// TabSeparated: tabs between columns, \N for NULL. An empty line ends the rows,
// so a row that prints as nothing at all is written (empty).
//
// The letters after query, one a column, say how values are compared:
//
//	I  an integer: equal as text
//	T  anything else: equal as text
//	R  a float, or an array of them: relative difference at most 1e-9
//
// Words that may follow:
//
//	rowsort     the order of rows is not compared (the query has no ORDER BY that decides it)
//	nosort      rows are compared in order: the default, for those who like to say it
//	ties=2,3    the rows are ordered by columns 2 and 3 (counted from 1) and rows equal in them
//	            come in any order; of the last such group, which a LIMIT may have cut,
//	            only the number of rows is compared
//	cut=both    with ties: the first group may be cut too (OFFSET);
//	cut=none    nothing is cut (no LIMIT); cut=last is the default
//
// What a FORMAT clause prints is compared line by line, as text; empty lines are
// written (empty) here too:
//
//	print
//	SELECT 1 AS x FORMAT JSONEachRow
//	----
//	{"x":1}
//
// # Words on a line of their own
//
//	flush, restart, merge, demote
//	    asks the target for it, in every configuration; a target that has no such
//	    thing does nothing
//	skipif NAME, onlyif NAME
//	    in front of a record: not in, only in the configurations so named. The
//	    oracle is the configuration "clickhouse"; what stands under "skipif
//	    clickhouse" was written by hand and a comment must say why.
//	skipfile NAME…
//	    the whole file is not run in these configurations (it would take too long)
//
// # Adding records
//
// Write the SQL, "query" without letters and "statement error ?", no rows, and run
//
//	node query/sqltest/oracle.mjs --write query/sqltest/testdata/area/file.test
//
// which fills in letters, rows and codes; read what it wrote. oracle.mjs --check
// compares the whole corpus with ClickHouse again, also with one thread, with
// many small parts and with the rows in another order, and must find no
// difference: a record whose answer depends on such things needs rowsort, ties or
// a fuller ORDER BY. The files of testdata/random are written by gen/gen.mjs.
package sqltest
