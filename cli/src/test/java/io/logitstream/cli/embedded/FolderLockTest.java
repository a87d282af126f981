package io.logitstream.cli.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.files.FolderLock;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // Locks are there for others.
class FolderLockTest {
    /** Holds a folder until it is killed. Reading the lock's file itself would give the lock up. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            FolderLock.acquire(Path.of(arguments[0]));
            System.out.println(ProcessHandle.current().pid());
            Thread.sleep(60_000);
        }
    }

    @TempDir
    private Path folder;

    @Test
    void aFolderHasOneOwnerAndNothingIsLeftOfIt() throws IOException {
        Path out = folder.resolve("new/out");
        try (FolderLock lock = FolderLock.acquire(out)) {
            assertThat(out.resolve(FolderLock.FILE)).exists();
            assertThatThrownBy(() -> FolderLock.acquire(out))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll(out.toString(), "in use by this process");
        }
        assertThat(folder).isEmptyDirectory();
        FolderLock.acquire(out).close();
    }

    @Test
    void aLinkLeadsToTheSameFolder() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Files.createDirectory(folder.resolve("out")));
        try (FolderLock lock = FolderLock.acquire(link)) {
            assertThatThrownBy(() -> FolderLock.acquire(folder.resolve("out"))).hasMessageContaining("in use");
        }
    }

    @Test
    void foldersWithinALockedOneAreLockedOnTheirOwn() {
        try (FolderLock run = FolderLock.acquire(folder);
                FolderLock pd = FolderLock.acquire(folder.resolve("students/pd"));
                FolderLock lm = FolderLock.acquire(folder.resolve("students/lm"))) {
            assertThat(pd).isNotSameAs(lm);
            assertThatThrownBy(() -> FolderLock.acquire(folder.resolve("students/pd")))
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void theFileOfAKilledProcessMeansNothing() throws IOException {
        Files.writeString(folder.resolve(FolderLock.FILE), "4711 elsewhere");

        FolderLock.acquire(folder).close();
    }

    @Test
    void theLockOfAnotherProcessIsSeenWithItsOwnerAndEndsWithIt() throws Exception {
        try (ChildJvm other = ChildJvm.start(Holder.class, folder.toString())) {
            String owner = other.readLine();
            assertThatThrownBy(() -> FolderLock.acquire(folder))
                    .hasMessageContainingAll(folder.toString(), "in use by process " + owner + " on ");
            other.kill();
        }
        FolderLock.acquire(folder).close();
    }

    @Test
    void aFileInPlaceOfTheFolderIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "text");

        assertThatThrownBy(() -> FolderLock.acquire(file))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining(file.toString())
                .hasMessageNotContaining("Exception");
    }

    @Test
    void anOutputFolderOnAFileSystemWithoutLocksIsUsedAndABrokersIsNot() throws IOException {
        FolderLock.Locking none = channel -> {
            throw new IOException("No locks available");
        };
        Path out = folder.resolve("out");
        try (FolderLock lock = FolderLock.acquire(out, none, false)) {
            assertThat(out.resolve(FolderLock.FILE)).exists();
            assertThatThrownBy(() -> FolderLock.acquireOutput(out)).hasMessageContaining("in use by this process");
        }
        assertThat(folder).isEmptyDirectory();

        assertThatThrownBy(() -> FolderLock.acquire(out, none, true))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll(out.toString(), "cannot be locked (No locks available)", "local disk")
                .hasMessageNotContaining("cannot write");
        FolderLock.acquireOutput(out).close();
    }

    @Test
    void aHeldLockIsRefusedForAnOutputFolderToo() {
        Path out = folder.resolve("out");

        assertThatThrownBy(() -> FolderLock.acquire(out, channel -> null, false))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll(out.toString(), "is in use by another process");
    }

    @Test
    void aFailureToWriteIsNotTakenForAMissingLock() throws IOException {
        Path out = Files.createDirectory(folder.resolve("out"));
        Files.createDirectory(out.resolve(FolderLock.FILE));

        assertThatThrownBy(() -> FolderLock.acquireOutput(out))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageStartingWith("cannot write to " + out)
                .hasMessageNotContaining("locked");
    }
}
