/** As much of `@cloudflare/workers-types` as the example needs: the rest of it contradicts other runtimes' types. */

declare module "cloudflare:workers" {
  export interface WorkflowEvent<T> {
    instanceId: string;
    payload: T;
  }
  export interface WorkflowStep {
    do<T>(name: string, work: () => Promise<T>): Promise<T>;
    sleep(name: string, ms: number): Promise<void>;
  }
  export interface WorkflowInstance {
    id: string;
    status(): Promise<{ status: string; output?: unknown }>;
  }
  export interface Workflow<T> {
    create(options: { id: string; params: T }): Promise<WorkflowInstance>;
    get(id: string): Promise<WorkflowInstance>;
  }
  export abstract class WorkflowEntrypoint<Env, T> {
    protected env: Env;
    abstract run(event: WorkflowEvent<T>, step: WorkflowStep): Promise<unknown>;
  }
}
