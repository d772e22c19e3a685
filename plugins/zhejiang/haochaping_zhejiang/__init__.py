"""The zhejiang plugin of haochaping."""
