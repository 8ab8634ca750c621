package bind

import (
	"maps"
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
)

// field is a column that FROM gives.
type field struct {
	Table    string // alias or name of its table; "" for a subquery without alias
	Origin   string // name of its table, also behind an alias
	Database string
	Name     string
	Type     types.Type
	pos      int      // position in the plan node's output
	alias    ast.Expr // ALIAS column: its expression, bound where it is used
	hidden   bool     // not part of *: MATERIALIZED, ALIAS, one side of USING
	isTwin   bool     // the side of USING that the other one stands for
	repeats  bool     // a column before it, of the same subquery, has the name
	label    string   // how it prints without an alias of its own
}

// scope is the names that an expression may use. The parent gives CTEs and
// named expressions of the queries around; there are no correlated columns.
type scope struct {
	parent  *scope
	fields  []field
	aliases map[string]ast.Expr
	ctes    map[string]*ast.WithItem
	lambda  map[string]*expr.Column
	params  int                   // parameters of the lambdas around
	busy    map[string]bool       // aliases that are being bound, to find cycles
	again   []*ast.Alias          // those of a name that had one before
	stars   map[*ast.Ident]*field // what identifiers made of * stand for
	aggs    *aggregation          // set while aggregates are allowed
	inAgg   bool                  // inside the arguments of an aggregate
	windows *windowing            // set while window functions are allowed
	// inWindow is set inside a window function and its window.
	inWindow bool
}

func newScope(parent *scope) *scope {
	return &scope{
		parent: parent, aliases: map[string]ast.Expr{}, ctes: map[string]*ast.WithItem{}, busy: map[string]bool{},
		stars: map[*ast.Ident]*field{},
	}
}

// child is s with more lambda parameters.
func (s *scope) child(params map[string]*expr.Column) *scope {
	c := *s
	c.params += len(params)
	c.lambda = make(map[string]*expr.Column, len(s.lambda)+len(params))
	maps.Copy(c.lambda, s.lambda)
	maps.Copy(c.lambda, params)
	return &c
}

// cte finds a common table expression in s or around it.
func (s *scope) cte(name string) (*ast.WithItem, *scope) {
	for ; s != nil; s = s.parent {
		if item, ok := s.ctes[name]; ok {
			return item, s
		}
	}
	return nil, nil
}

// named finds a named expression of a WITH around s.
func (s *scope) named(name string) (ast.Expr, bool) {
	for ; s != nil; s = s.parent {
		if e, ok := s.aliases[name]; ok {
			return e, true
		}
	}
	return nil, false
}

// lookup finds the field that an identifier names: column, table.column or
// database.table.column; nil when there is none.
func (s *scope) lookup(parts []string) (*field, error) {
	f, err := s.find(parts, (*field).named)
	if f == nil && err == nil && len(parts) == 2 {
		f, err = s.find(parts, (*field).fromOrigin)
	}
	return f, err
}

// find is lookup by one way of matching.
func (s *scope) find(parts []string, matches func(f *field, parts []string) bool) (*field, error) {
	var found *field
	for i := range s.fields {
		c := &s.fields[i]
		switch {
		case !matches(c, parts):
		case found == nil:
			found = c
		case len(parts) == 1 && (c.isTwin || found.isTwin):
			if !c.isTwin {
				found = c // the other side of USING stands for both
			}
		case found.Table != c.Table:
			return found, nil // ClickHouse takes the column of the leftmost table
		case !c.repeats:
			return nil, chcode.Errorf(chcode.AmbiguousIdentifier, "Identifier '%s' is ambiguous", strings.Join(parts, "."))
		}
	}
	return found, nil
}

// fromOrigin tells whether parts are the name of the table behind an alias and
// the column.
func (f *field) fromOrigin(parts []string) bool {
	return f.Origin != "" && f.Origin == parts[0] && f.Name == parts[1]
}

func (f *field) named(parts []string) bool {
	last := parts[len(parts)-1]
	switch len(parts) {
	case 1:
		return f.Name == parts[0]
	case 2:
		return (f.Name == last && f.Table == parts[0]) || f.Name == parts[0]+"."+parts[1]
	case 3:
		return f.Name == last && f.Table == parts[1] && f.Database == parts[0]
	default:
		return false
	}
}

// unknown is the error for a name that is nowhere, with the nearest one there is.
func (s *scope) unknown(parts []string) error {
	names := make([]string, len(s.fields))
	for i := range s.fields {
		names[i] = s.fields[i].Name
	}
	return chcode.Errorf(chcode.UnknownIdentifier, "Unknown expression identifier `%s`%s",
		strings.Join(parts, "."), types.Hint(parts[len(parts)-1], names))
}
