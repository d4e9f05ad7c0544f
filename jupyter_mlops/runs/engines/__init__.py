"""The engines: where the attempts of steps are executed. `local` is this machine."""
