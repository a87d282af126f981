package io.logitstream.cli.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** Rules for every container of {@code docker/compose.yml}. */
class ComposeTest {
    @Test
    void everyServiceHasBoundedLogsAndNoRights() throws IOException {
        Map<String, Object> file = new Yaml().load(Files.readString(Path.of("../docker/compose.yml")));

        Map<?, ?> services = (Map<?, ?>) file.get("services");
        assertThat(services).hasSizeGreaterThan(12);
        SoftAssertions.assertSoftly(softly -> services.forEach((name, value) -> {
            Map<?, ?> service = (Map<?, ?>) value;
            softly.assertThat(service.get("logging"))
                    .as("logging of %s", name)
                    .asString()
                    .contains("driver=json-file", "max-size=", "max-file=");
            softly.assertThat(service.get("cap_drop"))
                    .as("rights of %s", name)
                    .asString()
                    .isEqualTo("[ALL]");
            softly.assertThat(service.get("security_opt"))
                    .as("privileges of %s", name)
                    .asString()
                    .contains("no-new-privileges:true");
            softly.assertThat(service.get("healthcheck"))
                    .as("health check of %s", name)
                    .satisfiesAnyOf(
                            check -> assertThat(check).isNotNull(),
                            check -> assertThat(service.get("image")).asString().contains("logitstream"));
        }));
    }
}
