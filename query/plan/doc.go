// Package plan is the logical plan of a query: a tree of [Node]s over typed
// fields, with expressions bound to the positions of their input's fields.
//
// bind makes it from the syntax tree, rewrite changes it rule by rule, build
// turns it into operators, EXPLAIN prints it. A plan is data: it opens nothing
// and holds no resources. Rules make new nodes rather than change old ones.
package plan
