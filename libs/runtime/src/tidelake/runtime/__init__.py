"""What every Tidelake service runs on: settings, logs, telemetry, health, shutdown, servers."""
