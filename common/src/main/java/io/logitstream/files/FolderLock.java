package io.logitstream.files;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

    private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);

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

    /** How a file is locked; null when another process has it. */
    @FunctionalInterface
    public interface Locking {
        FileLock tryLock(FileChannel channel) throws IOException;
    }

    /**
     * Creates the folder where it is missing and locks it. Two owners would destroy what it holds, so a file system
     * without locks is refused.
     *
     * @throws LogitstreamException if another owner has it, if it cannot be written to, or if its file system has no locks
     */
    public static FolderLock acquire(Path wanted) {
        return acquire(wanted, FileChannel::tryLock, true);
    }

    /**
     * Creates an output folder where it is missing and locks it. On a file system without locks, such as some mounts of
     * Lustre, NFS and FUSE, a line in the log warns, and only other owners in this process are refused.
     *
     * @throws LogitstreamException if another owner has it, or if it cannot be written to
     */
    public static FolderLock acquireOutput(Path wanted) {
        return acquire(wanted, FileChannel::tryLock, false);
    }

    public static FolderLock acquire(Path wanted, Locking locking, boolean required) {
        synchronized (HELD) {
            try {
                List<Path> created = missing(wanted.toAbsolutePath().normalize());
                Path folder = Files.createDirectories(wanted).toRealPath();
                if (!HELD.add(folder)) {
                    throw inUse(wanted, "this process");
                }
                try {
                    return new FolderLock(folder, lock(folder, locking, required), created);
                } catch (IOException | RuntimeException e) {
                    HELD.remove(folder);
                    throw e;
                }
            } catch (IOException e) {
                throw new LogitstreamException(
                        "cannot write to " + wanted.toAbsolutePath() + ": " + FailureText.of(e)
                                + "; choose a folder that can be written to",
                        e);
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

    private static FileChannel lock(Path folder, Locking locking, boolean required) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                    .close();
        }
        Object before = key(file);
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (!isLocked(channel, folder, locking, required)) {
                throw inUse(folder, owner(file));
            }
            // The owner before may have removed the file between: then others lock another one of this name.
            if (!Objects.equals(before, key(file))) {
                throw inUse(folder, "another process");
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap((ProcessHandle.current().pid() + " " + host()).getBytes(StandardCharsets.UTF_8)));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean isLocked(FileChannel channel, Path folder, Locking locking, boolean required) {
        try {
            return locking.tryLock(channel) != null;
        } catch (IOException e) {
            String fault = "files in " + folder + " cannot be locked (" + FailureText.of(e) + ")";
            if (required) {
                throw new LogitstreamException(
                        fault + ": choose a folder on a file system with locks, such as a local disk", e);
            }
            LOG.warn("{}: run one command at a time with this folder, a second one would not be noticed", fault);
            return true;
        }
    }

    private static Object key(Path file) throws IOException {
        return Files.exists(file)
                ? Files.readAttributes(file, BasicFileAttributes.class).fileKey()
                : null;
    }

    private static String owner(Path file) throws IOException {
        Matcher owner = OWNER.matcher(Files.readString(file).strip());
        return !owner.matches()
                ? "another process"
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
