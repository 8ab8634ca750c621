// Package parse turns ClickHouse's SQL into the tree of package ast.
//
// The flow, file by file:
//
//	lexer.go      text -> tokens, one at a time and only as far as the statement needs: the data
//	              behind INSERT ... VALUES is never read
//	parser.go     the cursor over the tokens: look ahead, expect, go back; depth and size limits
//	expr.go       operators by precedence (Pratt), with primary.go for what stands between them,
//	              call.go for functions and their special forms, literal.go for constants
//	type.go       data types
//	select.go     queries; from.go for FROM; insert.go, create.go, alter.go, ... one family each
//	statement.go  which family a statement belongs to; Statement and Script, the ways in
//
// The grammar is ClickHouse 26's, and its parser is the oracle for what is accepted. Keywords are
// not reserved: a word is a keyword only where the grammar looks for it.
//
// Inside, a syntax error is a panic with a private type, recovered by the ways in (and by try, where
// the grammar must be tried one way and then another), as encoding/json and go/parser do it. Every
// function that recurses goes through enter, so depth is bounded and a deep text is an error, never
// an overflow of the stack.
package parse
