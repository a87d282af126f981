package io.logitstream.cli;

import java.util.List;
import picocli.CommandLine.Option;

/** The option of the commands that have a page. */
final class PageOption {
  @Option(names = "--page", paramLabel = "PORT", arity = "0..1", fallbackValue = "0",
      description = "serve a page on 127.0.0.1 that shows how it goes: the data's way, curves, finished runs;"
          + " without PORT, on any free port")
  private Integer port;

  void addTo(List<String> flags) {
    Flags.add(flags, "page.port", port);
  }
}
