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
 * Exclusive lock on a folder. The operating system releases the lock when the process ends for any reason, so the lock
 * file that a killed process leaves behind has no effect.
 */
public final class FolderLock implements AutoCloseable {

    /** Name of the lock file, which holds the owner's process id and host. */
    public static final String FILE = "in-use.lock";
    /**
     * Folders locked by this JVM. Checked before the lock file is opened, because closing any channel on a file
     * releases the POSIX lock that the process holds on it.
     */
    private static final Set<Path> HELD = new HashSet<>();

    private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);

    private static final Pattern OWNER = Pattern.compile("(\\d+)(?: ([\\w.:-]+))?");

    private final Path folder;
    private final FileChannel channel;
    /** Folders that this lock created, innermost first. */
    private final List<Path> created;

    private FolderLock(Path folder, FileChannel channel, List<Path> created) {
        this.folder = folder;
        this.channel = channel;
        this.created = created;
    }

    /** Way to lock a file. */
    @FunctionalInterface
    public interface Locking {
        /**
         * Tries to lock a file.
         *
         * @return the lock, or null if another process holds it
         */
        FileLock tryLock(FileChannel channel) throws IOException;
    }

    /**
     * Locks a folder, and creates it if it is missing. A file system without locks is refused, because two owners would
     * corrupt the data in the folder.
     *
     * @throws LogitstreamException if the folder has another owner or cannot be written to, or if its file system has
     *     no locks
     */
    public static FolderLock acquire(Path wanted) {
        return acquire(wanted, FileChannel::tryLock, true);
    }

    /**
     * Locks an output folder, and creates it if it is missing. On a file system without locks, such as some mounts of
     * Lustre, NFS and FUSE, this logs a warning and refuses only other owners within this process.
     *
     * @throws LogitstreamException if the folder has another owner or cannot be written to
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
                                + "; choose a writable folder",
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

    // A command that fails before it writes anything leaves no empty folders behind.
    private void removeUnused() {
        try {
            for (Path each : created) {
                Files.delete(each);
            }
        } catch (IOException e) {
            // The folder holds files, so it stays.
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
            // If the previous owner deleted the file in the meantime, other processes lock a new file of the same name.
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
            LOG.warn(
                    "{}: run only one command at a time with this folder, since a second one would not be detected",
                    fault);
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

    /** Releases the lock. May be called more than once. */
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
