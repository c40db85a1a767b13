// Tests have the module of the default entry, which is a part of it.
import "client-event-scheduler";
