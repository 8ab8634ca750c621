package chhttp

import "time"

// Limits of the front door. They bound what a client can make the server hold.
const (
	// holdBytes is how much of an answer is held back before its header is sent.
	holdBytes = 256 << 10
	// holdAllBytes bounds an answer that is held back whole (wait_end_of_query).
	holdAllBytes = 256 << 20
	// headBytes is how much of a body is looked at for the statement.
	headBytes = 1 << 20
	// maxSessions bounds the sessions that are remembered.
	maxSessions = 10_000
	// sessionTimeout is how long a session is remembered when the client does not
	// say; sessionTimeoutMax is the longest that it may say.
	sessionTimeout    = 60 * time.Second
	sessionTimeoutMax = time.Hour
	// zstdWindowMax bounds the memory of a zstd body.
	zstdWindowMax = 64 << 20
	// retryAfterSeconds is what a refused client is told to wait.
	retryAfterSeconds = "1"
	// headerTextMax bounds warnings in a header.
	headerTextMax = 4096
)
