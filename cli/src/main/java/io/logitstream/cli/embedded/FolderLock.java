package io.logitstream.cli.embedded;

import io.logitstream.schemas.LogitstreamException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/**
 * Keeps a folder for one owner. The operating system drops the lock when the process dies, however it dies;
 * the file that stays behind means nothing.
 */
public final class FolderLock implements AutoCloseable {

  private static final String FILE = "in-use.lock";
  /**
   * Folders held by this JVM. Asked before the file is opened, because closing any channel on a POSIX-locked
   * file gives up the whole process's lock on it.
   */
  private static final Set<Path> HELD = new HashSet<>();

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Creates the folder where it is missing and locks it.
   *
   * @throws LogitstreamException if another owner has it, or if it cannot be written to
   */
  public static FolderLock acquire(Path wanted) {
    synchronized (HELD) {
      try {
        Path folder = Files.createDirectories(wanted).toRealPath();
        if (!HELD.add(folder)) {
          throw inUse(wanted, "this process");
        }
        try {
          return new FolderLock(folder, lock(folder));
        } catch (IOException | RuntimeException e) {
          HELD.remove(folder);
          throw e;
        }
      } catch (IOException e) {
        throw new LogitstreamException("cannot keep data in " + wanted.toAbsolutePath() + ": " + e
            + "; choose a folder on a local disk that can be written to", e);
      }
    }
  }

  private static FileChannel lock(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
        StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        throw inUse(folder, owner(file));
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid())
          .getBytes(StandardCharsets.UTF_8)));
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static String owner(Path file) throws IOException {
    String pid = Files.readString(file).strip();
    return pid.matches("\\d+") ? "process " + pid : "another process";
  }

  private static LogitstreamException inUse(Path folder, String owner) {
    return new LogitstreamException("the data in " + folder.toAbsolutePath() + " are in use by " + owner
        + "; stop it first or choose another folder");
  }

  /** Gives the folder up. May be called twice. */
  @Override
  public void close() {
    synchronized (HELD) {
      try {
        if (channel.isOpen()) {
          channel.close();
          HELD.remove(folder);
        }
      } catch (IOException e) {
        throw new LogitstreamException("cannot unlock " + folder + ": " + e, e);
      }
    }
  }
}
