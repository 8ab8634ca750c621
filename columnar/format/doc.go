// Package format reads and writes the row formats of ClickHouse: what stands
// behind FORMAT in a query, one file for each.
//
// # Reading
//
// [NewReader] turns input into batches of typed columns. A reader holds a
// window of its input (source.go) and hands it to the parser of the format
// (read_*.go), which reads one row at a time straight into the columns'
// builders; a parser that runs into the end of the window is given the row
// again with more of it, so no parser knows of windows. Per row nothing is
// allocated. A malformed row gives an error with its number, column, fault and
// text, and ClickHouse's code (errors.go), or is taken back and counted.
//
// # Writing
//
// [NewWriter] prints batches byte by byte as ClickHouse 26.7 does: testdata
// holds what it printed, testdata/oracle.mjs asks it again.
//
// # Where reading differs from ClickHouse
//
// ClickHouse takes some input that it can't represent and stores another value
// without a word. Here such a row is malformed:
//
//   - A whole number that does not fit its column (ClickHouse: wrapped around):
//     code 321.
//   - A date or time outside its type's range, or no date at all such as
//     2024-13-01 (ClickHouse: the nearest one, or 1970-01-01): code 321. Days
//     behind the end of their month run on into the next, as in ClickHouse.
//   - JSON text that is not UTF-8, code 117, unless
//     [ReadOptions.AllowInvalidUTF8]; \u without four digits or with half of a
//     surrogate pair, code 25.
//   - CSV whose last quote is not closed (ClickHouse: up to the end of input):
//     code 26.
//   - NULL for a column that is not Nullable with
//     input_format_null_as_default=0 (ClickHouse: the default in JSON): code 349.
//   - No value where one must stand, as in {"a":} or [1,,2] (ClickHouse: zero).
//   - A time of day behind a Date, and text behind an array in a CSV field
//     (ClickHouse: dropped, in some formats).
//
// In the other direction quoted numbers, quoted booleans and bare nan are taken
// in more places. testdata/input.json marks each such case, with the reason.
//
// # Where writing differs from ClickHouse
//
//   - Totals and extremes are printed by Pretty although the table above them was
//     cut at its limit of rows (ClickHouse: a table without rows).
//   - JSON with totals and without rows is a document (ClickHouse 26.7: it is not).
//   - Native prints LowCardinality columns as plain ones.
//   - Arrow data has the same schema and values, not the same bytes.
package format
