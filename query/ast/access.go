package ast

// Names is a set of users or roles as statements name it.
type Names struct {
	Span
	// All is ALL or ANY; None is NONE.
	All, None bool
	Names     []Name
	Except    []Name
}

// Name is a user or role; a user may have a host pattern. CURRENT_USER is a name of its own.
type Name struct {
	Span
	Name, Host  string
	CurrentUser bool
}

func (n *Names) print(p *printer) {
	switch {
	case n.None:
		p.str("NONE")
	case n.All:
		p.str("ALL")
	}
	printNames(p, n.Names)
	if len(n.Except) > 0 {
		p.str(" EXCEPT ")
		printNames(p, n.Except)
	}
}

func printNames(p *printer, names []Name) {
	for i := range names {
		if i > 0 {
			p.str(", ")
		}
		names[i].print(p)
	}
}

func (n *Name) print(p *printer) {
	if n.CurrentUser {
		p.str("CURRENT_USER")
		return
	}
	p.ident(n.Name)
	if n.Host != "" {
		p.str("@")
		p.quoted(n.Host)
	}
}

// Entity is what CREATE and ALTER of users, roles, policies, quotas and profiles share.
type Entity struct {
	Alter                            bool
	IfExists, IfNotExists, OrReplace bool
	Names                            []Name
	Cluster                          *Cluster
	RenameTo                         string
	// Storage is IN storage.
	Storage string
}

func (n *Entity) printHead(p *printer, what string, on []*TableName) {
	if n.Alter {
		p.str("ALTER ", what)
	} else {
		p.str("CREATE ", what)
	}
	switch {
	case n.IfExists:
		p.str(" IF EXISTS")
	case n.IfNotExists:
		p.str(" IF NOT EXISTS")
	case n.OrReplace:
		p.str(" OR REPLACE")
	}
	p.str(" ")
	printNames(p, n.Names)
	listClause(p, "ON", on)
	printCluster(p, n.Cluster)
	if n.Storage != "" {
		p.str(" IN ")
		p.ident(n.Storage)
	}
	if n.RenameTo != "" {
		p.str(" RENAME TO ")
		p.ident(n.RenameTo)
	}
}

// CreateUser is CREATE USER and ALTER USER.
type CreateUser struct {
	Span
	Outputs
	Entity
	// Auth are the ways to identify; nil if not given. AddAuth is ADD IDENTIFIED, ResetAuth is
	// RESET AUTHENTICATION METHODS TO NEW.
	Auth               []*AuthMethod
	NotIdentified      bool
	AddAuth, ResetAuth bool
	Hosts              []*HostList
	DefaultRole        *Names
	DefaultDatabase    string
	// NoDefaultDatabase is DEFAULT DATABASE NONE.
	NoDefaultDatabase bool
	Grantees          *Names
	Settings          []*ProfileSettings
}

func (n *CreateUser) print(p *printer) {
	n.printHead(p, "USER", nil)
	if n.NotIdentified {
		p.str(" NOT IDENTIFIED")
	}
	for i, a := range n.Auth {
		switch {
		case i > 0:
			p.str(", ")
			a.printMethod(p)
			continue
		case n.AddAuth:
			p.str(" ADD IDENTIFIED ")
		default:
			p.str(" IDENTIFIED ")
		}
		a.print(p)
	}
	if n.ResetAuth {
		p.str(" RESET AUTHENTICATION METHODS TO NEW")
	}
	for _, h := range n.Hosts {
		p.str(" ")
		h.print(p)
	}
	switch {
	case n.NoDefaultDatabase:
		p.str(" DEFAULT DATABASE NONE")
	case n.DefaultDatabase != "":
		p.str(" DEFAULT DATABASE ")
		p.ident(n.DefaultDatabase)
	}
	if n.DefaultRole != nil {
		p.str(" DEFAULT ROLE ")
		n.DefaultRole.print(p)
	}
	printProfileSettings(p, n.Settings)
	if n.Grantees != nil {
		p.str(" GRANTEES ")
		if n.Grantees.All {
			p.str("ANY")
			g := *n.Grantees
			g.All = false
			g.print(p)
			return
		}
		n.Grantees.print(p)
	}
}

// AuthMethod is one way to identify a user.
type AuthMethod struct {
	Span
	// Method is the name behind WITH (sha256_password, ldap, ...); empty for IDENTIFIED BY 'x'.
	Method string
	// By is the password, hash or key; HasBy tells an empty one from none.
	By    string
	HasBy bool
	// Salt, Server, Scheme and Realm are the options of some methods.
	Salt, Server, Scheme, Realm string
	// Names are the CN or SAN of ssl_certificate; SAN says which.
	Names []string
	SAN   bool
	// Keys are those of ssh_key.
	Keys       []*SSHKey
	ValidUntil string
}

// SSHKey is KEY 'base64' TYPE 'type'.
type SSHKey struct {
	Span
	Key, Type string
}

func (n *SSHKey) print(p *printer) {
	p.str("KEY ")
	p.quoted(n.Key)
	p.str(" TYPE ")
	p.quoted(n.Type)
}

func (n *AuthMethod) print(p *printer) {
	if n.Method != "" {
		p.str("WITH ")
	}
	n.printMethod(p)
}

// printMethod writes the method without WITH, which only the first one has.
func (n *AuthMethod) printMethod(p *printer) {
	if n.Method != "" {
		p.ident(n.Method)
		if n.HasBy || len(n.Keys) > 0 {
			p.str(" ")
		}
	}
	if n.HasBy {
		p.str("BY ")
		p.quoted(n.By)
	}
	if len(n.Keys) > 0 {
		p.str("BY ")
		list(p, n.Keys, ", ")
	}
	for _, o := range [...]struct{ word, value string }{
		{"SALT", n.Salt}, {"SERVER", n.Server}, {"SCHEME", n.Scheme}, {"REALM", n.Realm},
	} {
		if o.value != "" {
			p.word(o.word)
			p.str(" ")
			p.quoted(o.value)
		}
	}
	for i, name := range n.Names {
		switch {
		case i > 0:
			p.str(", ")
		case n.SAN:
			p.str(" SAN ")
		default:
			p.str(" CN ")
		}
		p.quoted(name)
	}
	if n.ValidUntil != "" {
		p.str(" VALID UNTIL ")
		p.quoted(n.ValidUntil)
	}
}

// HostList is [ADD|DROP] HOST pattern, ....
type HostList struct {
	Span
	// Verb is ADD, DROP or empty.
	Verb string
	// Hosts are ANY, NONE, LOCAL, or NAME, REGEXP, IP, LIKE with a value.
	Hosts []*Host
}

// Host is one pattern of hosts.
type Host struct {
	Span
	Kind, Value string
}

func (n *HostList) print(p *printer) {
	if n.Verb != "" {
		p.str(n.Verb, " ")
	}
	p.str("HOST ")
	list(p, n.Hosts, ", ")
}

func (n *Host) print(p *printer) {
	p.str(n.Kind)
	switch n.Kind {
	case "ANY", "NONE", "LOCAL":
	default:
		p.str(" ")
		p.quoted(n.Value)
	}
}

// ProfileSettings is one group of settings of a user, role or profile.
type ProfileSettings struct {
	Span
	// Verb is SETTINGS (which replaces all), ADD SETTINGS, MODIFY SETTINGS, DROP SETTINGS,
	// DROP ALL SETTINGS, DROP ALL PROFILES, ADD PROFILES, DROP PROFILES.
	Verb  string
	None  bool
	Items []*ProfileSetting
}

// ProfileSetting is a setting with its bounds, or a profile.
type ProfileSetting struct {
	Span
	// Profile is set for PROFILE 'x' and INHERIT 'x'; Inherit says which.
	Profile  string
	Inherit  bool
	Name     string
	Value    Expr
	Min, Max Expr
	// Mode is READONLY, WRITABLE, CONST, CHANGEABLE_IN_READONLY or empty.
	Mode string
}

func printProfileSettings(p *printer, groups []*ProfileSettings) {
	for _, g := range groups {
		p.str(" ")
		g.print(p)
	}
}

func (n *ProfileSettings) print(p *printer) {
	p.str(n.Verb)
	if n.None {
		p.str(" NONE")
	}
	for i, item := range n.Items {
		p.str([...]string{" ", ", "}[min(i, 1)])
		item.print(p)
	}
}

func (n *ProfileSetting) print(p *printer) {
	switch {
	case n.Inherit:
		p.str("INHERIT ")
		p.quoted(n.Profile)
		return
	case n.Profile != "":
		p.str("PROFILE ")
		p.quoted(n.Profile)
		return
	}
	p.ident(n.Name)
	if n.Value != nil {
		p.str(" = ")
		n.Value.print(p)
	}
	p.clause("MIN", n.Min)
	p.clause("MAX", n.Max)
	if n.Mode != "" {
		p.word(n.Mode)
	}
}

// CreateRole is CREATE ROLE and ALTER ROLE.
type CreateRole struct {
	Span
	Outputs
	Entity
	Settings []*ProfileSettings
}

func (n *CreateRole) print(p *printer) {
	n.printHead(p, "ROLE", nil)
	printProfileSettings(p, n.Settings)
}

// CreateProfile is CREATE SETTINGS PROFILE and ALTER SETTINGS PROFILE.
type CreateProfile struct {
	Span
	Outputs
	Entity
	Settings []*ProfileSettings
	// To is nil if not given.
	To *Names
}

func (n *CreateProfile) print(p *printer) {
	n.printHead(p, "SETTINGS PROFILE", nil)
	printProfileSettings(p, n.Settings)
	if n.To != nil {
		p.str(" TO ")
		n.To.print(p)
	}
}

// CreateRowPolicy is CREATE ROW POLICY and ALTER ROW POLICY.
type CreateRowPolicy struct {
	Span
	Outputs
	Entity
	On []*TableName
	// Kind is PERMISSIVE, RESTRICTIVE or empty.
	Kind string
	// Using is the filter; UsingNone is USING NONE.
	Using     Expr
	UsingNone bool
	To        *Names
}

func (n *CreateRowPolicy) print(p *printer) {
	n.printHead(p, "ROW POLICY", n.On)
	if n.Kind != "" {
		p.str(" AS ", n.Kind)
	}
	if n.Using != nil || n.UsingNone {
		p.str(" FOR SELECT USING ")
		if n.UsingNone {
			p.str("NONE")
		} else {
			n.Using.print(p)
		}
	}
	if n.To != nil {
		p.str(" TO ")
		n.To.print(p)
	}
}

// CreateQuota is CREATE QUOTA and ALTER QUOTA.
type CreateQuota struct {
	Span
	Outputs
	Entity
	// KeyedBy are the key types; NotKeyed is NOT KEYED.
	KeyedBy  []string
	NotKeyed bool
	Limits   []*QuotaLimit
	To       *Names
}

// QuotaLimit is FOR [RANDOMIZED] INTERVAL n unit limits.
type QuotaLimit struct {
	Span
	Randomized bool
	Interval   *Interval
	// Max are the limits; NoLimits and TrackingOnly are theirs without any.
	Max                    []*Setting
	NoLimits, TrackingOnly bool
}

func (n *CreateQuota) print(p *printer) {
	n.printHead(p, "QUOTA", nil)
	if n.NotKeyed {
		p.str(" NOT KEYED")
	}
	if len(n.KeyedBy) > 0 {
		p.str(" KEYED BY ")
		p.idents(n.KeyedBy)
	}
	for i, l := range n.Limits {
		if i > 0 {
			p.str(",")
		}
		l.print(p)
	}
	if n.To != nil {
		p.str(" TO ")
		n.To.print(p)
	}
}

func (n *QuotaLimit) print(p *printer) {
	p.str(" FOR ")
	if n.Randomized {
		p.str("RANDOMIZED ")
	}
	n.Interval.print(p)
	switch {
	case n.NoLimits:
		p.str(" NO LIMITS")
	case n.TrackingOnly:
		p.str(" TRACKING ONLY")
	default:
		p.str(" MAX ")
		list(p, n.Max, ", ")
	}
}

// Grant is GRANT and REVOKE, of rights or of roles.
type Grant struct {
	Span
	Outputs
	Revoke  bool
	Cluster *Cluster
	// Rights or Roles are given.
	Rights []*Right
	Roles  *Names
	// CurrentGrants is CURRENT GRANTS(rights).
	CurrentGrants bool
	// To are the receivers; for REVOKE those it is taken FROM.
	To *Names
	// GrantOption and AdminOption are WITH ... OPTION, for REVOKE ... OPTION FOR.
	GrantOption, AdminOption, ReplaceOption bool
}

// Right is privileges on an object: SELECT(a, b), INSERT ON db.t.
type Right struct {
	Span
	Privileges []*Privilege
	// On is db.t, db.*, *.* or db.name*; nil if there is none.
	On *TableName
	// Source is the storage of READ ON S3('pattern').
	Source *FuncCall
}

// Privilege is one access type, with columns if it has any.
type Privilege struct {
	Span
	Name    string
	Columns []string
}

func (n *Grant) print(p *printer) {
	if n.Revoke {
		p.str("REVOKE")
	} else {
		p.str("GRANT")
	}
	printCluster(p, n.Cluster)
	if n.Revoke && n.GrantOption {
		p.str(" GRANT OPTION FOR")
	}
	if n.Revoke && n.AdminOption {
		p.str(" ADMIN OPTION FOR")
	}
	p.str(" ")
	switch {
	case n.Roles != nil:
		n.Roles.print(p)
	case n.CurrentGrants:
		p.str("CURRENT GRANTS(")
		list(p, n.Rights, ", ")
		p.str(")")
	default:
		list(p, n.Rights, ", ")
	}
	if n.Revoke {
		p.str(" FROM ")
	} else {
		p.str(" TO ")
	}
	n.To.print(p)
	if !n.Revoke && n.GrantOption {
		p.str(" WITH GRANT OPTION")
	}
	if !n.Revoke && n.AdminOption {
		p.str(" WITH ADMIN OPTION")
	}
	if n.ReplaceOption {
		p.str(" WITH REPLACE OPTION")
	}
}

func (n *Right) print(p *printer) {
	list(p, n.Privileges, ", ")
	switch {
	case n.On != nil:
		p.str(" ON ")
		n.On.print(p)
	case n.Source != nil:
		p.str(" ON ")
		n.Source.print(p)
	}
}

func (n *Privilege) print(p *printer) {
	p.str(n.Name)
	if len(n.Columns) > 0 {
		p.str("(")
		p.idents(n.Columns)
		p.str(")")
	}
}

// CheckGrant is CHECK GRANT rights.
type CheckGrant struct {
	Span
	Outputs
	Rights []*Right
}

func (n *CheckGrant) print(p *printer) {
	p.str("CHECK GRANT ")
	list(p, n.Rights, ", ")
}

// MoveEntity is MOVE USER a, b TO storage.
type MoveEntity struct {
	Span
	Outputs
	Kind  ObjectKind
	Names []string
	On    []*TableName
	To    string
}

func (n *MoveEntity) print(p *printer) {
	p.str("MOVE ", n.Kind.String(), " ")
	p.idents(n.Names)
	listClause(p, "ON", n.On)
	p.str(" TO ")
	p.ident(n.To)
}

// ExecuteAs is EXECUTE AS user [statement].
type ExecuteAs struct {
	Span
	Outputs
	User Name
	// Statement is nil if the user is taken for the session.
	Statement Statement
}

func (n *ExecuteAs) print(p *printer) {
	p.str("EXECUTE AS ")
	n.User.print(p)
	if n.Statement != nil {
		p.str(" ")
		n.Statement.print(p)
	}
}
