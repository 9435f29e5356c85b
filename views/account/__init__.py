"""Pages of an account: signing in, activation, notices, jobs, operators."""
