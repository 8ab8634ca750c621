package engine

import (
	"sync"

	"github.com/freshetdb/freshet/columnar/table"
)

// Session is what a client has set up: USE and SET outlive a statement. It is
// safe for concurrent use.
type Session struct {
	mu       sync.Mutex
	user     string
	database string
	settings Settings
}

// NewSession begins a session in the default database.
func NewSession(user string) *Session {
	return &Session{user: user, database: table.DefaultDatabase, settings: Settings{}}
}

// User is the name that the client gave.
func (s *Session) User() string { return s.user }

// Database is the database of names without one.
func (s *Session) Database() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.database
}

// Use changes the database.
func (s *Session) Use(database string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.database = database
}

// Settings is a copy of the settings.
func (s *Session) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings.clone()
}

// Set changes a setting for the statements that follow.
func (s *Session) Set(name, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings.Set(name, value)
}

// reset gives a setting its default back.
func (s *Session) reset(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.settings, name)
}
