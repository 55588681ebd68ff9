"""Things to run: the demo, a spec, and a script that checks a student with no code of ours."""
