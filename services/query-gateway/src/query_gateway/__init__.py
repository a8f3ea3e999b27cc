"""query-gateway: questions to the lake by HTTP and gRPC, under the asker's own rights, pinned to versions."""
