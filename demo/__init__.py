"""The Weihai 2020 campaign as data: what the report states, and what is generated, marked apart."""
