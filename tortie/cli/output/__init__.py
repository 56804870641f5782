"""What commands print: tables, documents, problems, summaries."""
