"""How the engines that log by Log4j 2 do so: lines on standard output, which the stack keeps."""


def console(level: str, levels: str = "") -> str:
    """log4j2.properties: everything from this level on; `levels` has lines for single loggers."""
    return f"""\
status=warn
appender.c.type=Console
appender.c.name=C
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=%d{{ISO8601}} %p %c{{1}} %m%n
rootLogger.level={level}
rootLogger.appenderRef.c.ref=C
{levels}"""
