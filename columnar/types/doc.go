// Package types describes what a value is: ClickHouse's type names and their
// physical form, table schemas, 128-bit integers for decimals, and time zones.
//
// A [Type] is logical (what SQL prints); its [Phys] says which Go slice holds
// the values of a column. Text of a type is parsed by [Parse] and printed by
// [Type.String], and the two are inverse.
package types
