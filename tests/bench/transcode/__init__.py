"""`make bench-transcode`: what a segment costs here, and what it costs with other tools.

Pure parts: ladder, recipes, commands, options, ratios, findings, gates, tables. Thin parts run
programs and measure. Everything is compared in the same run and in turns, since a machine's
seconds drift and ratios do not. Product code never imports this.
"""
