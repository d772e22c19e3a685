"""Open data (开放数据): what is published, by month, for machines, with its own dictionary."""
