package io.logitstream.cli.embedded;

import io.logitstream.messages.FailureText;
import io.logitstream.schemas.LogitstreamException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps a folder for one owner. The operating system drops the lock when the process dies, however it dies;
 * the file that a killed process leaves behind means nothing.
 */
public final class FolderLock implements AutoCloseable {

  /** Name of the file, which holds the owner's process id and host. */
  public static final String FILE = "in-use.lock";
  /**
   * Folders held by this JVM. Asked before the file is opened, because closing any channel on a POSIX-locked
   * file gives up the whole process's lock on it.
   */
  private static final Set<Path> HELD = new HashSet<>();

  private static final Pattern OWNER = Pattern.compile("(\\d+)(?: ([\\w.:-]+))?");

  private final Path folder;
  private final FileChannel channel;
  /** Folders that did not exist before, the innermost first. */
  private final List<Path> created;

  private FolderLock(Path folder, FileChannel channel, List<Path> created) {
    this.folder = folder;
    this.channel = channel;
    this.created = created;
  }

  /**
   * Creates the folder where it is missing and locks it.
   *
   * @throws LogitstreamException if another owner has it, or if it cannot be written to
   */
  public static FolderLock acquire(Path wanted) {
    synchronized (HELD) {
      try {
        List<Path> created = missing(wanted.toAbsolutePath().normalize());
        Path folder = Files.createDirectories(wanted).toRealPath();
        if (!HELD.add(folder)) {
          throw inUse(wanted, "this process");
        }
        try {
          return new FolderLock(folder, lock(folder), created);
        } catch (IOException | RuntimeException e) {
          HELD.remove(folder);
          throw e;
        }
      } catch (IOException e) {
        throw new LogitstreamException("cannot write to " + wanted.toAbsolutePath() + ": " + FailureText.of(e)
            + "; choose a folder on a local disk that can be written to", e);
      }
    }
  }

  private static List<Path> missing(Path folder) {
    List<Path> missing = new ArrayList<>();
    for (Path each = folder; each != null && !Files.exists(each); each = each.getParent()) {
      missing.add(each);
    }
    return missing;
  }

  // An owner that failed before it has written anything leaves nothing behind.
  private void removeUnused() {
    try {
      for (Path each : created) {
        Files.delete(each);
      }
    } catch (IOException e) {
      // It is in use, as it should be.
    }
  }

  private static FileChannel lock(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    }
    Object before = key(file);
    FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
        StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        throw inUse(folder, owner(file));
      }
      // The owner before may have removed the file between: then others lock another one of this name.
      if (!Objects.equals(before, key(file))) {
        throw inUse(folder, "another process");
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + " " + host()).getBytes(StandardCharsets.UTF_8)));
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static Object key(Path file) throws IOException {
    return Files.exists(file) ? Files.readAttributes(file, BasicFileAttributes.class).fileKey() : null;
  }

  private static String owner(Path file) throws IOException {
    Matcher owner = OWNER.matcher(Files.readString(file).strip());
    return !owner.matches() ? "another process"
        : "process " + owner.group(1) + (owner.group(2) == null ? "" : " on " + owner.group(2));
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "this host";
    }
  }

  private static LogitstreamException inUse(Path folder, String owner) {
    return new LogitstreamException("the folder " + folder.toAbsolutePath() + " is in use by " + owner
        + "; wait for it or stop it first, or choose another folder");
  }

  /** Gives the folder up. May be called twice. */
  @Override
  public void close() {
    synchronized (HELD) {
      try {
        if (channel.isOpen()) {
          Files.deleteIfExists(folder.resolve(FILE));
          channel.close();
          HELD.remove(folder);
          removeUnused();
        }
      } catch (IOException e) {
        throw new LogitstreamException("cannot unlock " + folder + ": " + FailureText.of(e), e);
      }
    }
  }
}
