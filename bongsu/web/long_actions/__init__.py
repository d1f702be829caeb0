"""What takes minutes: take, build, harvest, report. The command and the jobs call the same functions. No records are used."""
