"""What tests start in the real world: databases, servers, a browser. Each stops what it started, also when a test fails."""
