package io.logitstream.teacher.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResourceStackTest {
    @Test
    void whatAFailedStartHasOpenedIsClosedLastFirstWhateverFails() {
        List<String> closed = new ArrayList<>();
        ResourceStack opened = new ResourceStack();
        opened.add(() -> closed.add("registry"));
        opened.add(() -> {
            throw new IOException("not closed");
        });
        opened.add(() -> closed.add("announcements"));
        IllegalStateException failure = new IllegalStateException("no streams");

        opened.closeAfter(failure);
        opened.closeAfter(failure);

        assertThat(closed).containsExactly("announcements", "registry");
        assertThat(failure.getSuppressed()).singleElement().asString().contains("not closed");
    }
}
