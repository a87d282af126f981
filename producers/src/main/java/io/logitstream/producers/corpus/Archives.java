package io.logitstream.producers.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Zip and jar files. Few are held open at a time, the least recently used is closed: descriptors are bounded.
 */
final class Archives implements Closeable {
  private static final int MOST_OPEN = 32;

  private final Map<Path, ZipFile> open = new LinkedHashMap<>(16, 0.75f, true);

  static boolean isArchive(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".zip") || name.endsWith(".jar");
  }

  /** Passes on the archive's files that are wanted; their names get the prefix. */
  void list(Path archive, String prefix, Predicate<String> wanted, Consumer<CorpusFile> files)
      throws IOException {
    zip(archive).stream()
        .filter(entry -> !entry.isDirectory() && !hidden(entry.getName()) && wanted.test(entry.getName()))
        .map(entry -> file(archive, prefix, entry))
        .forEach(files);
  }

  private CorpusFile file(Path archive, String prefix, ZipEntry entry) {
    return new CorpusFile(prefix + entry.getName(), entry.getSize(), true,
        () -> zip(archive).getInputStream(entry));
  }

  private static boolean hidden(String entry) {
    return entry.startsWith(".") || entry.contains("/.");
  }

  private ZipFile zip(Path archive) throws IOException {
    ZipFile zip = open.get(archive);
    if (zip == null) {
      zip = new ZipFile(archive.toFile());
      open.put(archive, zip);
      if (open.size() > MOST_OPEN) {
        Path eldest = open.keySet().iterator().next();
        open.remove(eldest).close();
      }
    }
    return zip;
  }

  @Override
  public void close() throws IOException {
    for (ZipFile zip : open.values()) {
      zip.close();
    }
    open.clear();
  }
}
