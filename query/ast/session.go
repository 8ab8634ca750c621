package ast

// Use is USE database.
type Use struct {
	Span
	Outputs
	Database string
	Param    *Param
}

func (n *Use) print(p *printer) {
	p.str("USE ")
	printName(p, n.Database, n.Param)
}

// Set is SET name = value, ....
type Set struct {
	Span
	Outputs
	Settings []*Setting
}

func (n *Set) print(p *printer) {
	p.str("SET ")
	list(p, n.Settings, ", ")
}

// TransactionVerb is what a Transaction statement does.
type TransactionVerb uint8

// The verbs.
const (
	Begin TransactionVerb = iota
	Commit
	Rollback
	SetSnapshot
)

// Transaction is BEGIN TRANSACTION, COMMIT, ROLLBACK or SET TRANSACTION SNAPSHOT n.
type Transaction struct {
	Span
	Outputs
	Verb     TransactionVerb
	Snapshot uint64
}

func (n *Transaction) print(p *printer) {
	p.str([...]string{"BEGIN TRANSACTION", "COMMIT", "ROLLBACK", "SET TRANSACTION SNAPSHOT "}[n.Verb])
	if n.Verb == SetSnapshot {
		p.str(utoa(n.Snapshot))
	}
}

// SetRole is SET ROLE and SET DEFAULT ROLE.
type SetRole struct {
	Span
	Outputs
	// Default is SET DEFAULT ROLE roles TO users; ToDefault is SET ROLE DEFAULT.
	Default, ToDefault bool
	Roles, Users       *Names
}

func (n *SetRole) print(p *printer) {
	switch {
	case n.ToDefault:
		p.str("SET ROLE DEFAULT")
		return
	case n.Default:
		p.str("SET DEFAULT ROLE ")
	default:
		p.str("SET ROLE ")
	}
	n.Roles.print(p)
	if n.Users != nil {
		p.str(" TO ")
		n.Users.print(p)
	}
}
