export class TrainPanel { constructor(app) { this.app = app; } show() {} open() {} move() {} load() {} }
