// Package expr has typed scalar expressions over batches, with ClickHouse's
// semantics: types of results, wrap-around, NULLs, errors. It knows no SQL and no
// tables: columns are positions in a batch.
//
// [NewCall] resolves a function by name for arguments with types; [Eval] gives
// the expression's values for all rows of a batch, [Filter] the rows for which it
// is true. Expressions are immutable and safe for concurrent use.
//
// A function is an entry of the catalogue (catalogue.go) whose bind step chooses
// the loop for the argument types once; the loop sees whole columns without
// NULLs, because the rules that nearly all functions share are applied around it
// (call.go): NULL in, NULL out; constants in, constant out; an expression over one
// column of symbols is computed once per symbol that occurs.
package expr
