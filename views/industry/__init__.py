"""Pages of industry authorities (行业主管部门): what they are asked, and their advice."""
